-- indicator: pilot_elections
-- name: Thí điểm “Dân tin – Đảng cử” | Pilot "Dân tin – Đảng cử"
-- unit: thôn, tổ | hamlets
-- clause: 2.2
-- column: sender | text | Đơn vị | Sender
-- column: sender_code | id | Mã đơn vị | Sender code
-- column: hamlets | integer | Thôn, tổ thí điểm | Hamlets in the pilot
-- column: preparing | integer | Đang chuẩn bị | Preparing
-- column: voted | integer | Đã bầu | Voted
-- column: recognised | integer | Đã công nhận | Recognised
-- column: at_congress | integer | Đã đại hội chi bộ | At the congress
-- column: approved | integer | Đã chuẩn y | Approved
-- column: electors | integer | Cử tri | Electors
-- column: attending | integer | Tham gia | Attending
-- column: turnout | decimal | Tỷ lệ tham gia (%) | Turnout (%)
-- column: elected_round_1 | integer | Trúng cử lần 1 | Elected in round 1
-- column: rerun | integer | Phải bầu lại | Re-run
-- column: failed | integer | Không có người trúng cử | Nobody elected
-- column: winner_member | integer | Người trúng cử là đảng viên | Winner a member
-- column: in_committee | integer | Trúng chi uỷ | Elected to the committee
-- column: secretary | integer | Trúng bí thư | Elected secretary
-- column: women | integer | Nữ | Women
-- column: minority | integer | Dân tộc thiểu số | Ethnic minorities
-- column: re_elected | integer | Tái cử | Re-elected
-- sensitive: minority
--
-- Pilot cases that had a stage by the date and whose term is not over on it, one row per direct committee. The stage is the furthest reached by then.
-- Turnout of the last round. A winner is the candidate of the last tally sheet whose votes are more than half of all electors (2 v > N), known by
-- name among the candidates of the case. Elected to the committee and secretary: by the congress sheets of the case, more than half of the adjusted
-- denominator and among the first for the seats, else, without a sheet, by the outcome of the stage.
-- A result annulled has elected nobody, until the hamlet votes again.
with recursive {tree},
{rows},
pilot as materialized (
    select e.id, e.since, e.branch, e.locality, r.row_branch, x.first,
           coalesce(x.is_recognised, false) as is_recognised, coalesce(x.is_annulled, false) as is_annulled,
           coalesce(x.is_voted, false) as is_voted, coalesce(x.is_congress, false) as is_congress,
           coalesce(x.is_approved, false) as is_approved, coalesce(x.is_in_committee, false) as is_in_committee,
           coalesce(x.is_secretary, false) as is_secretary
    from {election} e
    join row_of r on r.id = e.branch
    cross join lateral (
        select min(s.stage_date) as first,
               bool_or(s.stage_type = 'election') as is_voted,
               bool_or(s.stage_type = 'recognition' and coalesce(s.stage_outcome, 'passed') = 'passed') as is_recognised,
               max(s.stage_date) filter (where s.stage_type = 'annulment')
                   >= max(s.stage_date) filter (where s.stage_type in ('election', 'recognition')) as is_annulled,
               bool_or(s.stage_type in ('committee_round', 'secretary_round')
                       and coalesce(s.stage_outcome, 'passed') <> 'skipped') as is_congress,
               bool_or(s.stage_type = 'committee_round' and coalesce(s.stage_outcome, 'passed') = 'passed') as is_in_committee,
               bool_or(s.stage_type = 'secretary_round' and coalesce(s.stage_outcome, 'passed') = 'passed') as is_secretary,
               bool_or(s.stage_type = 'approval' and coalesce(s.stage_outcome, 'passed') = 'passed') as is_approved
        from {election_stage} s
        where {of s e} and s.stage_date <= $2::date
    ) x
    where e.is_pilot and x.first is not null and (e.term_to is null or e.term_to > $2::date)
),
sheet as materialized (
    -- The tally sheets of each case, its rounds in order.
    select c.id as pilot, t.id, t.since, t.branch, t.electors, t.attending,
           row_number() over (partition by c.id order by t.round, t.date, t.id) as n,
           count(*) over (partition by c.id) as rounds
    from pilot c
    join {tally} t on t.locality = c.locality
        and (t.election = c.id or (t.election is null and t.date >= c.first))
    where t.date <= $2::date
),
winner as materialized (
    -- One of a sheet, also of a wrong one on which two have more than half.
    select distinct on (s.id) s.pilot, s.n, w.candidate_name as name
    from sheet s
    join {tally_candidate} w on {of w s}
    where 2 * w.candidate_votes > s.electors
    order by s.id, w.candidate_votes desc, w.element
),
person as materialized (
    -- Once, also where two candidates of the case bear the name: the first of them.
    select distinct on (c.id) c.id as pilot, p.candidate_member as member, p.candidate_sex = 'nu' as is_woman, p.candidate_is_minority as is_minority,
           p.candidate_is_incumbent as is_incumbent, w.name
    from pilot c
    join sheet s on s.pilot = c.id and s.n = s.rounds
    join winner w on w.pilot = c.id and w.n = s.n
    left join {election_candidate} p on {of p c} and p.candidate_name = w.name
    order by c.id, p.element
),
stood as materialized (
    -- Who stood at the congresses, and whether they won, as congress_ballot's rule has it: fewer are as good as there are seats.
    select b.election as pilot, b.id, b.branch, b.ballot, v.candidate_member as member, v.candidate_name as name,
           (coalesce(b.is_tie_break, false)
            or 2 * v.candidate_votes > b.official_members - coalesce(b.elsewhere, 0) - coalesce(b.exempt_absent, 0)
                   - coalesce(b.suspended, 0) - coalesce(b.detained, 0) - coalesce(b.absent_excused, 0))
           and count(*) over (partition by b.id order by v.candidate_votes desc) <= b.seats as is_won
    from {congress_ballot} b
    join pilot c on c.id = b.election
    left join {congress_ballot_candidate} v on {of v b}
    where b.date <= $2::date and b.ballot in ('committee', 'secretary')
),
congress as materialized (
    select s.pilot, s.id, s.branch, s.ballot,
           coalesce(bool_or(s.is_won and (s.member = p.member or (s.member is null and s.name = p.name))), false) as is_won
    from stood s
    join person p on p.pilot = s.pilot
    group by s.pilot, s.id, s.branch, s.ballot
),
ballot as materialized (
    select g.pilot, bool_or(g.is_won) filter (where g.ballot = 'committee') as in_committee,
           bool_or(g.is_won) filter (where g.ballot = 'secretary') as secretary
    from congress g
    group by g.pilot
),
fact as (
    select c.id, c.branch, c.row_branch,
           case when c.is_annulled then 'voted' when c.is_approved then 'approved'
                when c.is_congress or b.pilot is not null then 'at_congress' when c.is_recognised then 'recognised'
                when c.is_voted or l.pilot is not null then 'voted' else 'preparing' end as stage,
           l.electors, l.attending,
           exists (select from winner w where w.pilot = c.id and w.n = 1 and not c.is_annulled) as is_round_1,
           l.rounds > 1 as is_rerun,
           l.pilot is not null and p.pilot is null as is_failed,
           exists (select from {member} m
                   where m.id = p.member and m.admission_date <= $2::date and (m.ended_date is null or m.ended_date > $2::date)
                   offset 0) as is_member,
           p.pilot is not null and coalesce(b.in_committee, c.is_in_committee) as is_in_committee,
           p.pilot is not null and coalesce(b.secretary, c.is_secretary) as is_secretary,
           p.is_woman, p.is_minority, p.is_incumbent
    from pilot c
    left join sheet l on l.pilot = c.id and l.n = l.rounds
    left join person p on p.pilot = c.id and not c.is_annulled
    left join ballot b on b.pilot = c.id
),
figures as (
    select row_branch, grouping(row_branch) = 1 as is_total,
           count(f.id) as hamlets,
           count(*) filter (where f.stage = 'preparing') as preparing,
           count(*) filter (where f.stage = 'voted') as voted,
           count(*) filter (where f.stage = 'recognised') as recognised,
           count(*) filter (where f.stage = 'at_congress') as at_congress,
           count(*) filter (where f.stage = 'approved') as approved,
           coalesce(sum(f.electors), 0) as electors,
           coalesce(sum(f.attending), 0) as attending,
           count(*) filter (where f.is_round_1) as elected_round_1,
           count(*) filter (where f.is_rerun) as rerun,
           count(*) filter (where f.is_failed) as failed,
           count(*) filter (where f.is_member) as winner_member,
           count(*) filter (where f.is_in_committee) as in_committee,
           count(*) filter (where f.is_secretary) as secretary,
           count(*) filter (where f.is_woman) as women,
           count(*) filter (where f.is_minority) as minority,
           count(*) filter (where f.is_incumbent) as re_elected
    from shown
    full join fact f using (row_branch)
    group by grouping sets ((row_branch), ())
    having grouping(row_branch) = 0 or exists (select from unit_at)
)
select {row_name},
       g.hamlets::text, g.preparing::text, g.voted::text, g.recognised::text, g.at_congress::text, g.approved::text, g.electors::text,
       g.attending::text, round(100.0 * g.attending / nullif(g.electors, 0), 2)::text, g.elected_round_1::text, g.rerun::text,
       g.failed::text, g.winner_member::text, g.in_committee::text, g.secretary::text, g.women::text, g.minority::text,
       g.re_elected::text
from figures g
left join branch_at b on b.id = g.row_branch
where g.hamlets > 0 or g.is_total
order by {row_order}

-- trace: election, tally, congress_ballot
select 'election', f.id, f.branch from fact f
union all
select 'tally', s.id, s.branch from sheet s
union all
select 'congress_ballot', g.id, g.branch from congress g
