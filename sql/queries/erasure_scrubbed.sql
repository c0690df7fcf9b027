-- erasure_scrubbed: the files of this kind's tables were written anew. $1 text: kind. No rows.
update dantin.erasure set is_scrubbed = true where kind = $1 and is_done and not is_scrubbed
