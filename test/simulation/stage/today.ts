/**
 * The database as if only those accounts were in it to which something has just happened: their rows, copied into tables
 * of the same names in a schema that is searched first. The invariants are then asked as they are, word for word, and
 * cost by what changed instead of by what there is.
 */
import { sql } from 'kysely'
import type { Instant } from '../../../src/domain/calendar.ts'
import { at, type Database } from '../../../src/postgres/database.ts'

/** Whoever has an event, a charge or a skipped day since then, or anything under way, is in it after `today.fill`. */
export const todaySchema = `
  create schema today;
  create unlogged table today.touched (bucket smallint, account_id text);
  do $$
  declare name text;
  begin
    for name in
      select c.table_name from information_schema.columns c join information_schema.columns b using (table_schema, table_name)
      where c.table_schema = 'public' and c.column_name = 'account_id' and b.column_name = 'bucket'
    loop
      execute format('create unlogged table today.%1$I (like public.%1$I)', name);
    end loop;
  end $$;
  create function today.fill(since timestamptz) returns void language plpgsql as $$
  declare name text;
  begin
    delete from today.touched;
    insert into today.touched
    select bucket, account_id from public.events where happened_at >= since
    union select bucket, account_id from public.skips where skipped_at >= since
    union select bucket, account_id from public.charges where settled_at is null or settled_at >= since
    union select bucket, account_id from public.refunds where settled_at is null or settled_at >= since;
    for name in select tablename from pg_tables where schemaname = 'today' and tablename <> 'touched' loop
      execute format('delete from today.%1$I', name);
      execute format('insert into today.%1$I select t.* from public.%1$I t
        where (t.bucket, t.account_id) in (select bucket, account_id from today.touched)', name);
    end loop;
  end $$`

export const touchedSince = (db: Database, since: Instant): Promise<unknown> =>
  sql`select today.fill(${at(since)})`.execute(db)
