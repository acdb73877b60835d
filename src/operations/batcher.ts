/**
 * Gathers what many concurrent charges want written into as few transactions as possible, without a timer: while one
 * flush is under way the next gathers. With an instant gateway that is hundreds of rows a transaction; with a slow one
 * each answer is written as it comes, and nobody waits for a neighbour.
 */
export function batcher<Item, Result>(flush: (items: Item[]) => Promise<Result[]>): (item: Item) => Promise<Result> {
  let waiting: { item: Item; settle: (result: Promise<Result>) => void }[] = []
  let flushing = false

  async function flushAll(): Promise<void> {
    flushing = true
    // One turn of the loop, so that everything that is ready now goes together.
    await new Promise(setImmediate)
    while (waiting.length > 0) {
      const batch = waiting
      waiting = []
      const results = flush(batch.map(({ item }) => item))
      for (const [index, { settle }] of batch.entries()) settle(results.then((all) => resultAt(all, index)))
      await results.catch(() => undefined)
    }
    flushing = false
  }

  return (item) =>
    new Promise<Result>((resolve) => {
      waiting.push({ item, settle: resolve })
      if (!flushing) void flushAll()
    })
}

function resultAt<Result>(results: readonly Result[], index: number): Result {
  if (index >= results.length) throw new RangeError('a flush answered fewer results than it was given items')
  return results[index] as Result // within bounds: checked above, and undefined may be a result
}
