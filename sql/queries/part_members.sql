-- part_members: put into an indicator in place of {members}; one common table expression.
-- member_at: members in force on the date with the branch they belonged to on it; a member between two branches has none.
-- All dates of a member, and of the other fields those asked for.
member_at as (
    select m.id, m.birth_date, m.admission_decision_date, m.admission_date, m.official_decision_date, m.official_date,
           m.ended_date, m.exempt_from, m.exempt_to, m.temporarily_exempt_from,
           m.temporarily_exempt_to, {member_fields}
           {branch_on_date} as branch
    from {member} m
    where m.admission_date <= $2::date and (m.ended_date is null or m.ended_date > $2::date)
)
