-- journal_export_checkpoints: what was signed about the journal, with the cosignatures, without what was signed of an epoch
-- beyond the point at which the next one branched off. Of more cosignatures than a note holds, one of each sender first.
-- $1 bigint: size to go on behind; $2 bigint: how many. Rows, by size: size, note.
select c.size, c.note || coalesce((
    select string_agg(l.line, ''::bytea order by l.device)
    from (
        select s.line, s.device
        from dantin.cosignature s
        join dantin.device d on d.id = s.device
        where s.epoch = c.epoch and s.size = c.size
        order by row_number() over (partition by d.sender order by s.device), s.device
        limit 255
    ) l
), ''::bytea)
from dantin.checkpoint c
where c.size > $1::bigint
  and not exists (select from dantin.epoch e where e.previous = c.epoch and e.branched_position < c.size)
order by c.size
limit $2::bigint
