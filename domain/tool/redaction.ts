/** Kinds of personal data that are found by their form. */
export type PersonalData = 'email' | 'phone' | 'payment_card' | 'iban' | 'national_id' | 'ip_address';
