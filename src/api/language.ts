/** The language of an answer: what the request's Accept-Language likes best of what we speak; English otherwise. */
import type { FastifyRequest } from 'fastify'
import Negotiator from 'negotiator'
import { type Language, languages } from '../texts/language.ts'

export function languageOf(request: FastifyRequest): Language {
  if (request.headers['accept-language'] === undefined) return 'en'
  const liked = new Negotiator(request.raw).language([...languages])
  return liked === 'ja' ? 'ja' : 'en'
}
