/** What Slack takes, from the reference of Block Kit, of views and of `chat.postMessage` at docs.slack.dev. */
export const LIMITS = {
  messageBlocks: 50,
  viewBlocks: 100,
  /** Characters of a text object, and of all texts in one block of rich text. */
  text: 3000,
  header: 150,
  buttonText: 75,
  buttonValue: 2000,
  accessibilityLabel: 75,
  blockId: 255,
  viewTitle: 24,
  privateMetadata: 3000,
  /** A view's JSON in bytes, with room for what is around its blocks: Slack takes 250 kB. */
  viewBytes: 240_000,
  /**
   * Characters of all texts of a message. Slack says `msg_blocks_too_long` somewhere from 11,000 on and documents no figure
   * (github.com/slackapi/bolt-js, issues 2509 and 2867).
   */
  messageText: 8000,
} as const;
