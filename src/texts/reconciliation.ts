/** Differences between our books and the gateway's, said to staff. */
import type { Difference } from '../domain/reconciliation.ts'
import type { Sentence } from './language.ts'

export const differenceTexts = {
  charge_behind: {
    en: 'The gateway knew the end of a charge that was open here.',
    ja: '未確定の決済の結果が、決済サービスで確定していました。',
  },
  money_found: {
    en: 'The gateway took money for a charge that was closed here.',
    ja: '終了した決済について、決済サービスで入金がありました。',
  },
  hold_standing: {
    en: 'Money was held for a charge that was closed here.',
    ja: '終了した決済の与信枠が残っていました。',
  },
  refund_unheard: {
    en: 'The gateway had given back another sum than our books.',
    ja: '返金額が当方の帳簿と異なっていました。',
  },
  dispute_unheard: {
    en: 'The gateway knew more of a dispute than our books.',
    ja: '異議申し立ての状況が当方の帳簿より進んでいました。',
  },
  charge_lost: {
    en: 'Money was taken or held by a charge that our books had lost; it is back in them.',
    ja: '帳簿から失われていた決済を復元しました。',
  },
  debt_lost: {
    en: 'Money was taken for something that our books have lost; it is the account’s credit.',
    ja: '帳簿にない請求の入金が見つかりました。クレジットとして計上しました。',
  },
  second_payment: {
    en: 'Money was taken twice for one charge; the second is the account’s credit.',
    ja: '同じ決済で二重に入金されていました。二度目の分はクレジットとして計上しました。',
  },
  hold_lost: {
    en: 'Money was held for something that our books have lost.',
    ja: '帳簿にない与信枠が残っていました。',
  },
  attempt_lost: {
    en: 'A payment that took nothing was made by a charge that our books have lost.',
    ja: '帳簿にない決済の試行が見つかりました。入金はありません。',
  },
  registration_lost: {
    en: 'A card was registered that our books have lost.',
    ja: '帳簿にないカードの登録が見つかりました。',
  },
  account_lost: {
    en: 'Money was taken from an account or card that our books do not have.',
    ja: '帳簿にないアカウントまたはカードから入金がありました。',
  },
  amount_differs: {
    en: 'Both sides took money for a charge, and not the same sum.',
    ja: '決済の金額が双方で一致しません。',
  },
  customer_differs: {
    en: 'A payment is of another customer than its charge.',
    ja: '決済の顧客が双方で一致しません。',
  },
  captured_here_only: {
    en: 'Our books took money, and the gateway did not.',
    ja: '帳簿には入金がありますが、決済サービスにはありません。',
  },
  refund_here_only: {
    en: 'Our books gave money back, and the gateway did not.',
    ja: '帳簿には返金がありますが、決済サービスにはありません。',
  },
  dispute_here_only: {
    en: 'Our books have a dispute that the gateway does not know.',
    ja: '帳簿には異議申し立てがありますが、決済サービスにはありません。',
  },
  payment_by_hand: {
    en: 'A customer of ours has a payment that was made without us.',
    ja: 'お客様の決済が決済サービス側で直接行われました。',
  },
} as const satisfies Record<Difference, Sentence>
