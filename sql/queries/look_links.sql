-- look_links: links of the chain over the looks, with what each is a hash of, put together here and not by a function of the
-- database (which must give the same: dantin.look_bytes). $1 bigint: after this number. Rows, 5000 at most, by number: number,
-- look, hash, bytes of the look (null: the look is gone), has the journal this link otherwise?
select c.number, c.look, encode(c.hash, 'hex'),
       case when l.id is not null then
           (select encode(string_agg(coalesce(int4send(octet_length(part)) || part, '\xffffffff'), '' order by n), 'hex')
            from unnest(array[int8send(l.id), int8send(l.looked_at_ms), l.device, uuid_send(l.sender), textsend(l.role),
                              boolsend(l.is_province), textsend(l.what), textsend(l.purpose), textsend(l.definition),
                              l.definition_hash, textsend(l.dimensions), uuid_send(l.unit), date_send(l.from_date),
                              date_send(l.date), int8send(l.position), int8send(l.rows), int8send(l.persons),
                              textsend(l.subjects::text), textsend(l.alarm)]) with ordinality p (part, n)) end,
       exists (select from dantin.look_anchor a where a.number = c.number and a.hash <> c.hash)
from dantin.look_chain c
left join dantin.look l on l.id = c.look
where c.number > $1::bigint
order by c.number
limit 5000
