-- device_of_key: the device whose present key this is. $1 text: SPKI hash in hex. Rows: id in hex; one, or none.
select encode(id, 'hex') from dantin.device where spki_hash = decode($1, 'hex')
