-- waiting_decide: what became of changes that waited. $1 dantin.outcome_row[]. No rows.
update dantin.waiting w
set decided_position = i.position, decided_index = i.index, code = i.code, rule = i.rule,
    current = i.current
from unnest($1::dantin.outcome_row[]) i
where w.version = i.version
