/**
 * An e-mail that somebody types to be found by. Addresses are printable ASCII wherever they come in: beyond it, two
 * spellings may be the same to the database and not to us (`İ` in lower case), and each would have limits of its own.
 */
import { z } from 'zod'

export const typedEmail = z
  .string()
  .min(1)
  .max(320)
  .regex(/^[\x21-\x7e]+$/, 'printable ASCII without spaces')
  .meta({ example: 'root@example.com' })
