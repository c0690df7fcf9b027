-- enrolment_decide: an operator said yes or no. $1 bigint: number of the ticket; $2 text: approved or refused; $3 text: operator.
-- Rows: one, or none when it was decided already.
update dantin.enrolment set state = $2, decided_by = $3, decided_at = now()
where ticket = $1::bigint and state = 'pending'
returning ticket
