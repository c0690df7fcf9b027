-- part_member_fact: put into a definition in place of {member_fact}, after {tree} and {members}; one common table expression.
-- fact: one row per member of the unit in force on the date, with what members are told apart by. Age: full years at the date.
fact as (
    select m.id as record,
           {fields}
           case when m.official_date <= $2::date then 'official' else 'probationary' end as status,
           case when m.birth_date > ($2::date - interval '31 years')::date then '18-30'
                when m.birth_date > ($2::date - interval '41 years')::date then '31-40'
                when m.birth_date > ($2::date - interval '51 years')::date then '41-50'
                when m.birth_date > ($2::date - interval '61 years')::date then '51-60'
                when m.birth_date is not null then '61' end as age_band,
           case when m.admission_date > ($2::date - interval '10 years')::date then '00'
                when m.admission_date > ($2::date - interval '20 years')::date then '10'
                when m.admission_date > ($2::date - interval '30 years')::date then '20'
                when m.admission_date > ($2::date - interval '40 years')::date then '30'
                when m.admission_date > ($2::date - interval '50 years')::date then '40'
                else '50' end as party_age,
           case when m.exempt_from <= $2::date and (m.exempt_to is null or m.exempt_to > $2::date) then 'exempt'
                when m.temporarily_exempt_from <= $2::date
                     and (m.temporarily_exempt_to is null or m.temporarily_exempt_to > $2::date) then 'temporary'
                else 'none' end as exemption,
           t.sender,
           t.child,
           t.id as branch,
           t.kind as branch_kind,
           t.unit_type
    from member_at m
    join tree t on t.id = m.branch
)
