-- device_release: a quarantined device may submit again. $1 text: device id, or the beginning of it, in hex. Rows: the devices freed.
update dantin.device set is_quarantined = false
where is_quarantined and encode(id, 'hex') like $1 || '%'
returning encode(id, 'hex')
