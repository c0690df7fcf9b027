-- look_due: does a look wait for the journal since long? $1 bigint: since so many ms. Rows: one boolean.
select exists (
    select
    from dantin.look l
    where l.looked_at_ms <= floor(extract(epoch from clock_timestamp()) * 1000) - $1::bigint
      and l.id > coalesce((select c.look
                           from dantin.look_anchor a
                           join dantin.look_chain c using (number)
                           order by a.number desc
                           limit 1), 0)
)
