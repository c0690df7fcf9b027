-- part_is_admission: put in place of {is_admission}: is the start of m, a member with since and admission_date, an admission? Who was
-- there before and is readmitted, restored or comes from elsewhere that day is none.
not exists (select from {member_event} v
            where {of v m} and v.event_effective_date = m.admission_date
              and v.event_type in ('readmitted', 'transfer_in', 'restored')
            offset 0)
