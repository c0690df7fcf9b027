-- part_branch_on_date: put in place of {branch_on_date}: the branch of m, a member, on the date; null between two branches.
case when (m.branch_from is null or m.branch_from <= $2::date) and (m.branch_to is null or m.branch_to > $2::date)
     then m.branch_branch
     else (select e.branch_branch from {member_branch} e
           where {of e m} and (e.branch_from is null or e.branch_from <= $2::date) and (e.branch_to is null or e.branch_to > $2::date)
           limit 1) end
