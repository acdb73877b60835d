/**
 * The sandbox's bar at the foot of every page: its time and how to move it, how this coverage's card behaves, the caught
 * mail, and who there is to sign in as; so that anybody can watch a month go by.
 */
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { useLocation, useNavigate } from 'react-router'
import { answerOf, api, carryCsrfToken } from '../api/client.ts'
import { meQuery, queries } from '../api/queries.ts'
import { moment } from '../format.ts'
import { language } from '../texts/said.ts'
import { sandboxTexts } from '../texts/sandbox.ts'
import {
  advanceDays,
  type Behaviour,
  behave,
  daysToNextMonth,
  type SandboxPerson,
  sandboxQuery,
} from './sandbox-api.ts'
import './sandbox.css'

export default function SandboxBar() {
  const [moving, setMoving] = useState(false)
  const [told, tell] = useState('')
  const [open, setOpen] = useState(false)
  const { data: state } = useQuery(sandboxQuery(moving))
  const act = async (work: () => Promise<void>) => {
    tell('')
    try {
      await work()
      tell(sandboxTexts.done)
    } catch (problem) {
      tell(`${sandboxTexts.failed} ${problem instanceof Error ? problem.message : ''}`)
    }
    // An open registration stays the one it is.
    await queries.invalidateQueries({ predicate: ({ queryKey }) => queryKey[0] !== 'registration' })
  }
  const move = async (days: number) => {
    if (moving) return
    setMoving(true)
    await act(() => advanceDays(days))
    setMoving(false)
  }
  if (!state) return null
  const now = moment(state.now, 'UTC')
  return (
    <aside aria-label={sandboxTexts.name} className="sandbox">
      <div className={open ? 'sandbox-inner open' : 'sandbox-inner'}>
        <p className="sandbox-now" title={sandboxTexts.about}>
          <strong>{sandboxTexts.name}</strong> <span className="moment">{now}</span>
        </p>
        <button aria-expanded={open} className="sandbox-opener" onClick={() => setOpen(!open)} type="button">
          {sandboxTexts.open}
        </button>
        <div className="sandbox-controls">
          <fieldset aria-label={sandboxTexts.move} className="sandbox-moves">
            <Move act={() => void move(1)} busy={moving} label={sandboxTexts.day} />
            <Move act={() => void move(7)} busy={moving} label={sandboxTexts.week} />
            <Move act={() => void move(daysToNextMonth(state.now))} busy={moving} label={sandboxTexts.nextMonth} />
          </fieldset>
          <CardBehaviour act={act} behaviours={state.behaviours} />
          <SignInAs people={state.people} />
          <a href="/sandbox/mail" rel="noreferrer" target="_blank">
            {sandboxTexts.mail}
          </a>
        </div>
        <p className="sandbox-told" role="status">
          {moving ? sandboxTexts.moving(now) : told}
        </p>
      </div>
    </aside>
  )
}

const Move = ({ label, busy, act }: { readonly label: string; readonly busy: boolean; readonly act: () => void }) => (
  <button aria-disabled={busy} onClick={act} type="button">
    {label}
  </button>
)

interface BehaviourProps {
  readonly behaviours: readonly Behaviour[]
  readonly act: (work: () => Promise<void>) => Promise<void>
}

/** Of the coverage that the page is about. */
function CardBehaviour({ behaviours, act }: BehaviourProps) {
  const { data: me } = useQuery(meQuery)
  const coverage = /^\/(?:payment-settings|billing)\/([\w-]+)/.exec(useLocation().pathname)?.[1]
  const accountId = me?.accountId
  if (!accountId || coverage === undefined || me.kind !== 'root') return null
  return (
    <select
      aria-label={sandboxTexts.card}
      onChange={({ target }) => void act(() => behave({ accountId, coverage }, target.value as Behaviour))} // its own options
      value=""
    >
      <option value="">{sandboxTexts.card} …</option>
      {behaviours.map((behaviour) => (
        <option key={behaviour} value={behaviour}>
          {sandboxTexts.behaviours[behaviour]}
        </option>
      ))}
    </select>
  )
}

function SignInAs({ people }: { readonly people: readonly SandboxPerson[] }) {
  const navigate = useNavigate()
  const payers = people.filter(({ staff }) => !staff)
  const signIn = async (person: SandboxPerson | undefined) => {
    if (!person) return
    // What the sandbox serves is what signing in takes.
    const body = person.signIn as { readonly email: string; readonly password: string }
    const { csrfToken } = await answerOf(api.POST('/api/sign-in', { body }))
    carryCsrfToken(csrfToken)
    queries.clear()
    await navigate('/')
  }
  return (
    <select
      aria-label={sandboxTexts.signInAs}
      onChange={({ target }) => void signIn(payers[Number(target.value)])}
      value=""
    >
      <option value="">{sandboxTexts.signInAs} …</option>
      {payers.map(({ label }, index) => (
        <option key={label.en} value={index}>
          {label[language]}
        </option>
      ))}
    </select>
  )
}
