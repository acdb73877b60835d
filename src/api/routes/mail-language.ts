/** The language of the e-mail that an account's root user gets. */
import { z } from 'zod'
import { bucketOfAccount } from '../../domain/bucket.ts'
import { readMailLanguage, writeMailLanguage } from '../../postgres/mail-language.ts'
import { languages } from '../../texts/language.ts'
import { Problem } from '../errors.ts'
import { route } from '../route.ts'
import { ofAccount } from '../wire.ts'

const mailLanguage = {
  language: z.enum(languages).nullable().meta({
    description: 'Null: that of the market each e-mail is about, Japanese where it is billed in yen.',
    example: 'ja',
  }),
}

export const mailLanguageRoutes = [
  route({
    operation: 'readMailLanguage',
    method: 'GET',
    path: '/accounts/:accountId/mail-language',
    tag: 'Accounts',
    summary: 'In which language the root user is written to',
    params: ofAccount,
    answer: { status: 200, description: 'The language.', schema: z.object(mailLanguage) },
    problems: ['not_found'],
    handle: async ({ system, params: { accountId } }) => {
      const language = await readMailLanguage(system.db, { bucket: bucketOfAccount(accountId), accountId })
      if (language === undefined) throw new Problem('not_found')
      return { language }
    },
  }),
  route({
    operation: 'setMailLanguage',
    method: 'PUT',
    path: '/accounts/:accountId/mail-language',
    tag: 'Accounts',
    summary: 'Choose the language of e-mail',
    params: ofAccount,
    body: z.strictObject(mailLanguage),
    answer: { status: 200, description: 'E-mail sent from now on is in it.', schema: z.object(mailLanguage) },
    problems: ['not_found'],
    handle: async ({ system, params: { accountId }, body: { language } }) => {
      const known = await writeMailLanguage(system.db, { bucket: bucketOfAccount(accountId), accountId }, language)
      if (!known) throw new Problem('not_found')
      return { language }
    },
  }),
]
