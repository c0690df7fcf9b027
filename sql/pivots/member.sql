-- indicator: member
-- name: Đếm đảng viên | Members counted
-- unit: người | persons
-- clause: 3.1
-- dimension: status | Tình trạng đảng | Status | values official=Chính thức=Official; probationary=Dự bị=Probationary
-- dimension: age_band | Nhóm tuổi | Age band | values 18-30=18–30=18–30; 31-40=31–40=31–40; 41-50=41–50=41–50; 51-60=51–60=51–60; 61=Trên 60=Over 60
-- dimension: party_age | Tuổi Đảng | Years in the Party | values 00=Dưới 10 năm=Under 10; 10=10–19 năm=10–19; 20=20–29 năm=20–29; 30=30–39 năm=30–39; 40=40–49 năm=40–49; 50=Từ 50 năm=50 and over
-- dimension: exemption | Miễn sinh hoạt | Exemption | values exempt=Được miễn=Exempt; none=Không=None; temporary=Tạm miễn=Temporarily exempt
-- dimension: sender | Đơn vị | Sender | branch
-- dimension: child | Tổ chức trực thuộc | Direct branch | branch
-- dimension: branch | Chi bộ | Cell | branch
-- dimension: branch_kind | Loại tổ chức đảng | Branch kind | codes branch_kind
-- dimension: unit_type | Loại hình đơn vị | Unit type | codes unit_type
-- column: records | integer | Số bản ghi | Records
--
-- Pivot of members in force on the date: by the dimensions above and the fields of a member the schema lets be counted by.
with recursive {tree},
{members},
{member_fact},
grouped as (
    select {groups} count(*) as records, {sum} as total
    from fact
    {where}
    {group_by}
)
select {cells} g.records::text{total}
from grouped g
{joins}
{order_by}

-- trace: member
select 'member', f.record, f.branch
from fact f
{where}
