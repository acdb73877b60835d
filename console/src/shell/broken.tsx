/** When a page cannot be shown: what happened, that no money moved by it, and the way on. */
import { useRouteError } from 'react-router'
import { ApiProblem } from '../api/client.ts'
import { shellTexts } from '../texts/shell.ts'

export function Broken() {
  return <Failed again={() => location.reload()} problem={useRouteError()} />
}

export function Failed({ problem, again }: { readonly problem: unknown; readonly again: () => void }) {
  const sentence = problem instanceof ApiProblem && problem.code !== 'offline' ? problem.message : shellTexts.noAnswer
  return (
    <section className="page stack" role="alert">
      <h1 className="page-title">{shellTexts.cannotShow}</h1>
      <p className="prose">{sentence}</p>
      <button className="button" onClick={again} type="button">
        {shellTexts.again}
      </button>
    </section>
  )
}
