-- indicator: composition
-- name: Cơ cấu đảng viên | Composition of the membership
-- unit: người | persons
-- clause: I, 3.1
-- fields: member
-- dimension: status | Tình trạng đảng | Status | values official=Chính thức=Official; probationary=Dự bị=Probationary
-- dimension: age_band | Nhóm tuổi | Age band | values 18-30=18–30=18–30; 31-40=31–40=31–40; 41-50=41–50=41–50; 51-60=51–60=51–60; 61=Trên 60=Over 60
-- dimension: party_age | Tuổi Đảng | Years in the Party | values 00=Dưới 10 năm=Under 10; 10=10–19 năm=10–19; 20=20–29 năm=20–29; 30=30–39 năm=30–39; 40=40–49 năm=40–49; 50=Từ 50 năm=50 and over
-- dimension: exemption | Miễn sinh hoạt | Exemption | values exempt=Được miễn=Exempt; none=Không=None; temporary=Tạm miễn=Temporarily exempt
-- dimension: sender | Đơn vị | Sender | branch
-- dimension: child | Tổ chức trực thuộc | Direct branch | branch
-- dimension: branch | Chi bộ | Cell | branch
-- dimension: branch_kind | Loại tổ chức đảng | Branch kind | codes branch_kind
-- dimension: unit_type | Loại hình đơn vị | Unit type | codes unit_type
-- column: members | integer | Đảng viên | Members
--
-- Members in force on the date by any of the dimensions above and the fields of a member that are codes and not sensitive.
-- The sum over all rows is the number of members of the unit, whatever the dimensions. Age: full years at the date.
with recursive {tree},
{members},
{member_fact},
grouped as (
    select {groups} count(*) as members
    from fact
    {group_by}
)
select {cells} g.members::text
from grouped g
{joins}
{order_by}

-- trace: member
select 'member', m.id, m.branch
from member_at m
join tree t on t.id = m.branch
