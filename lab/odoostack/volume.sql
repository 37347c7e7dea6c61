-- Repeats a block of documents: $1 copies of every row above the watermarks.
--
-- A copy is the block itself with other ids, in every table and every reference inside of it.
-- What holds for the block (stock is what moved, reservations have lines) holds for each copy.
-- Names get a suffix, times go back, so that the copies cover the year before today.
create or replace function pg_temp.repeat_block(marks jsonb, copies int) returns void language plpgsql as $$
declare
  stride constant int := 1000;  -- ids of a copy; a block has fewer rows than that in any table
  t text;
  r record;
  columns text;
  terms text;
begin
  for t in select jsonb_object_keys(marks) loop
    execute format('select max(id) - %s as rows from %I', marks ->> t, t) into r;
    if r.rows >= stride then
      raise exception 'the block has % rows in %, which is more than a copy has ids for', r.rows, t;
    end if;
    select string_agg(quote_ident(a.attname), ', ' order by a.attnum), string_agg(case
        when a.attname = 'id' then format('b.id + n.k * %s', stride)
        when f.target is not null then format('case when b.%1$I > %2$s then b.%1$I + n.k * %3$s else b.%1$I end',
          a.attname, marks ->> f.target, stride)
        when ty.typname in ('timestamp', 'date') then format('(b.%1$I - interval ''365 days'' * n.k / %2$s)::%3$s', a.attname, copies,
          ty.typname)
        when ty.typname in ('varchar', 'text') and a.attname in ('name', 'origin', 'reference', 'ref', 'default_code',
          'client_order_ref', 'partner_ref') then format('b.%I || ''-'' || n.k', a.attname)
        else format('b.%I', a.attname) end, ', ' order by a.attnum)
      into columns, terms
      from pg_attribute a join pg_type ty on ty.oid = a.atttypid
      left join lateral (select c.confrelid::regclass::text as target from pg_constraint c
        where c.conrelid = a.attrelid and c.contype = 'f' and c.conkey = array[a.attnum]
          and marks ? c.confrelid::regclass::text limit 1) f on true
      where a.attrelid = t::regclass and a.attnum > 0 and not a.attisdropped and a.attgenerated = '';
    execute format('insert into %1$I (%2$s) select %3$s from %1$I b cross join generate_series(1, %4$s) n(k) where b.id > %5$s
      order by n.k, b.id', t, columns, terms, copies, marks ->> t);
    execute format('select setval(pg_get_serial_sequence(%1$L, ''id''), (select max(id) from %1$I))', t);
  end loop;
  -- Tables without ids relate rows of the block to each other, or to what is outside.
  for r in
    select c.conrelid::regclass as relation,
      string_agg(quote_ident(a.attname), ', ' order by a.attnum) as columns,
      string_agg(case when marks ? c.confrelid::regclass::text
        then format('case when b.%1$I > %2$s then b.%1$I + n.k * %3$s else b.%1$I end', a.attname,
          marks ->> c.confrelid::regclass::text, stride) else format('b.%I', a.attname) end, ', ' order by a.attnum) as terms,
      string_agg(format('b.%I > %s', a.attname, marks ->> c.confrelid::regclass::text), ' or ')
        filter (where marks ? c.confrelid::regclass::text) as inside
    from pg_constraint c join pg_attribute a on a.attrelid = c.conrelid and array[a.attnum] = c.conkey
    where c.contype = 'f' and not exists (select from pg_attribute i where i.attrelid = c.conrelid and i.attname = 'id')
    group by c.conrelid having bool_or(marks ? c.confrelid::regclass::text)
  loop
    execute format('insert into %1$s (%2$s) select %3$s from %1$s b cross join generate_series(1, %4$s) n(k) where %5$s
      on conflict do nothing', r.relation, r.columns, r.terms, copies, r.inside);
  end loop;
end $$;
