import type { Rule } from './rule.ts';

/**
 * Tokens that their issuers gave a form of their own, with where the form is documented. Those without one are found by
 * what stands before them. `gitleaks` is the rule set of github.com/gitleaks/gitleaks (MIT), where the issuer says nothing.
 */
const TOKENS: readonly (readonly [form: string, source: string])[] = [
  ['gh[pousr]_[A-Za-z0-9]{36,255}', 'GitHub docs, "Behind GitHub\'s new authentication token formats"'],
  ['github_pat_[A-Za-z0-9_]{22,255}', 'GitHub docs, "Managing your personal access tokens"'],
  ['gl(?:pat|dt|rt|ptt|cbt|imt|ft|soat|agent)-[A-Za-z0-9_.-]{20,300}', 'GitLab docs, "Token prefixes"'],
  ['xox[abeoprs](?:\\.xox[bp])?-[A-Za-z0-9-]{10,250}', 'Slack docs, "Token types"'],
  ['xapp-\\d-[A-Za-z0-9-]{10,250}', 'Slack docs, "Token types"'],
  ['[rs]k_(?:live|test)_[A-Za-z0-9]{10,247}', 'Stripe docs, "API keys"'],
  ['whsec_[A-Za-z0-9+/=]{24,128}', 'Stripe docs, "Webhooks"'],
  ['AIza[A-Za-z0-9_-]{35}', 'gitleaks gcp-api-key'],
  ['GOCSPX-[A-Za-z0-9_-]{28}', 'Google, OAuth client secrets'],
  ['ya29\\.[A-Za-z0-9_-]{20,2048}', 'Google Identity docs, OAuth access tokens'],
  ['1//0[A-Za-z0-9_-]{40,512}', 'Google Identity docs, OAuth refresh tokens'],
  ['npm_[A-Za-z0-9]{36}', 'npm docs, "About access tokens"'],
  ['pypi-AgE[A-Za-z0-9_-]{50,1000}', 'PyPI help, "How can I use API tokens"'],
  ['rubygems_[a-f0-9]{48}', 'RubyGems guides, "API keys"'],
  ['sk-ant-[A-Za-z0-9_-]{20,200}', 'Anthropic docs, "API keys"'],
  ['sk-(?:proj|svcacct|admin)-[A-Za-z0-9_-]{20,250}', 'gitleaks openai-api-key'],
  ['sk-[A-Za-z0-9]{32,64}', 'gitleaks openai-api-key'],
  ['hf_[A-Za-z0-9]{30,64}', 'Hugging Face docs, "User access tokens"'],
  ['gsk_[A-Za-z0-9]{40,64}', 'Groq docs, "API keys"'],
  ['r8_[A-Za-z0-9]{37}', 'Replicate docs, "API tokens"'],
  ['SG\\.[A-Za-z0-9_-]{16,32}\\.[A-Za-z0-9_-]{16,64}', 'Twilio SendGrid docs, "API keys"'],
  ['shp(?:at|ca|pa|ss|ua)_[A-Fa-f0-9]{32}', 'Shopify docs, "Access tokens"'],
  ['sq0(?:atp|csp)-[A-Za-z0-9_-]{22,60}', 'Square docs, "Access tokens"'],
  ['do[opr]_v1_[a-f0-9]{64}', 'DigitalOcean docs, "Personal access tokens"'],
  ['dckr_[po]at_[A-Za-z0-9_-]{20,64}', 'Docker docs, "Access tokens"'],
  ['hv[bs]\\.[A-Za-z0-9_-]{24,300}', 'HashiCorp Vault docs, "Tokens"'],
  ['[A-Za-z0-9]{14}\\.atlasv1\\.[A-Za-z0-9_=-]{60,70}', 'HCP Terraform docs, "API tokens"'],
  ['ATATT3[A-Za-z0-9_=-]{60,250}', 'Atlassian docs, "API tokens"'],
  ['dapi[a-f0-9]{32}(?:-\\d)?', 'Databricks docs, "Personal access tokens"'],
  ['lin_(?:api|oauth)_[A-Za-z0-9]{40,64}', 'Linear docs, "API"'],
  ['(?:ntn|secret)_[A-Za-z0-9]{43,50}', 'Notion docs, "Authorization"'],
  ['figd_[A-Za-z0-9_-]{40,64}', 'Figma docs, "Personal access tokens"'],
  ['glsa_[A-Za-z0-9]{32}_[A-Fa-f0-9]{8}', 'Grafana docs, "Service account tokens"'],
  ['NRAK-[A-Z0-9]{27}', 'New Relic docs, "API keys"'],
  ['PMAK-[a-f0-9]{24}-[a-f0-9]{34}', 'Postman docs, "API keys"'],
  ['sntry[su]_[A-Za-z0-9+/=_-]{40,400}', 'Sentry docs, "Auth tokens"'],
  ['dp\\.(?:pt|st|ct|sa|scim|audit)\\.[A-Za-z0-9._-]{40,80}', 'Doppler docs, "Token formats"'],
  ['sbp_[a-f0-9]{40}', 'Supabase docs, "Access tokens"'],
  ['ops_eyJ[A-Za-z0-9+/=_-]{100,2000}', '1Password docs, "Service accounts"'],
  ['AGE-SECRET-KEY-1[A-Z0-9]{58}', 'age, filippo.io/age'],
  ['\\d{8,10}:AA[A-Za-z0-9_-]{32,34}', 'Telegram docs, "Bots"'],
  ['[MNO][A-Za-z0-9_-]{23,27}\\.[A-Za-z0-9_-]{6}\\.[A-Za-z0-9_-]{27,40}', 'Discord docs, "Authentication"'],
  ['[A-Za-z0-9_~.]{3}\\dQ~[A-Za-z0-9_~.-]{31,34}', 'gitleaks azure-ad-client-secret'],
];

/** Slack and the like take whoever has the address. */
const SECRET_ADDRESSES =
  '(?:hooks\\.slack\\.com/(?:services|workflows|triggers)|discord(?:app)?\\.com/api/webhooks)/[A-Za-z0-9_/+-]{20,200}';

/** One expression for all, so that a text is read once; a token begins where a word does. */
export const TOKEN_RULES: readonly Rule[] = [
  {
    kind: 'token',
    pattern: new RegExp(`(?<![A-Za-z0-9])(?:${TOKENS.map(([form]) => form).join('|')})(?![A-Za-z0-9])`, 'g'),
  },
  { kind: 'token', pattern: new RegExp(`(?<![A-Za-z0-9])${SECRET_ADDRESSES}`, 'g') },
];
