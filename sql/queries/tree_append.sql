-- tree_append: subtrees that a group completed. $1 bigint[], $2 bigint[], $3 bytea[]: level, index and root. No rows.
insert into dantin.tree_node (level, index, hash)
select i.level::smallint, i.index, i.hash from unnest($1::bigint[], $2::bigint[], $3::bytea[]) i (level, index, hash)
