/**
 * The database as if only those accounts were in it to which something has just happened. The invariants are then asked
 * as they are, word for word, and cost by what changed instead of by what there is.
 */
import { sql } from 'kysely'
import type { Instant } from '../../../src/domain/calendar.ts'
import { at, type Database } from '../../../src/postgres/database.ts'

/** A view over each account-owned table, in a schema that is searched before the tables' own. */
export const todaySchema = `
  create schema today;
  create unlogged table today.touched (bucket smallint, account_id text, primary key (bucket, account_id));
  do $$
  declare name text;
  begin
    for name in
      select c.table_name from information_schema.columns c join information_schema.columns b using (table_schema, table_name)
      where c.table_schema = 'public' and c.column_name = 'account_id' and b.column_name = 'bucket'
    loop
      execute format('create view today.%1$I as select t.* from public.%1$I t
        where exists (select from today.touched u where u.bucket = t.bucket and u.account_id = t.account_id)', name);
    end loop;
  end $$`

/** Whoever has an event, a charge or a skipped day since then, or anything under way. */
export async function touchedSince(db: Database, since: Instant): Promise<void> {
  await sql`delete from today.touched`.execute(db)
  await sql`
    insert into today.touched
    select bucket, account_id from events where happened_at >= ${at(since)}
    union select bucket, account_id from skips where skipped_at >= ${at(since)}
    union select bucket, account_id from charges where settled_at is null or settled_at >= ${at(since)}
    union select bucket, account_id from refunds where settled_at is null or settled_at >= ${at(since)}`.execute(db)
}
