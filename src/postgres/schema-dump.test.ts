import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import pg from 'pg'
import { beforeAll, expect, test } from 'vitest'
import { testDatabase } from '../../test/support/database.ts'
import { dumpSchema } from './schema-dump.ts'

const database = testDatabase()

const example = `
  create type colour as enum ('red', 'green');
  create domain positive as int check (value > 0);
  create function twice(a int) returns int language sql immutable as $$ select a * 2 $$;
  create table owners (bucket smallint, id int, primary key (bucket, id));
  create table things (
    bucket smallint not null check (bucket between 0 and 63),
    id int not null,
    owner int not null,
    name text not null default 'none' collate "C",
    colour colour,
    size positive,
    doubled int generated always as (twice(id)) stored,
    primary key (bucket, id),
    unique (bucket, name),
    constraint owner_fk foreign key (bucket, owner) references owners (bucket, id),
    constraint small check (id < 1000)
  ) with (fillfactor = 80);
  create unique index one_red on things (bucket, owner) where colour = 'red';
  create view reds as select id from things where colour = 'red';
  comment on table things is 'what is owned';
  comment on column things.name is 'a name''s name';`

let shown: string
beforeAll(async () => {
  shown = await load(example)
})

async function load(sql: string): Promise<string> {
  const client = new pg.Client({ connectionString: await database.another('empty') })
  await client.connect()
  try {
    await client.query(sql)
    return await dumpSchema(client)
  } finally {
    await client.end()
  }
}

test('schema.sql is what the migrations make (npm run schema writes it)', async () => {
  expect(await dumpSchema(database.pool)).toBe(
    readFileSync(join(import.meta.dirname, '..', '..', 'schema.sql'), 'utf8'),
  )
})

test('a dump can be loaded, and then dumps the same', async () => {
  expect(await load(shown)).toBe(shown)
  const migrated = await dumpSchema(database.pool)
  expect(await load(migrated)).toBe(migrated)
})

test.each([
  [/create type colour as enum \(\n {2}'red',\n {2}'green'\n\);/],
  [/create domain positive as integer\n {2}constraint positive_check CHECK \(\(VALUE > 0\)\);/],
  [/bucket smallint not null,\n/],
  [/name text collate "C" not null default 'none'::text/],
  [/doubled integer generated always as \(twice\(id\)\) stored/],
  [/constraint small CHECK \(\(id < 1000\)\),\n/],
  [/\n\) with \(fillfactor=80\);/],
  [/alter table things add constraint owner_fk\n {2}FOREIGN KEY \(bucket, owner\) REFERENCES owners\(bucket, id\);/],
  [/CREATE UNIQUE INDEX one_red ON things USING btree \(bucket, owner\) WHERE \(colour = 'red'::colour\);/],
  [/create view reds as/],
  [/comment on column things.name is 'a name''s name';/],
])('it shows %s', (line) => {
  expect(shown).toMatch(line)
})
