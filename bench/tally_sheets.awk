# Tally sheets of hamlet-head elections as the import reads them, one row each: six candidates, a board of five, 57 columns.
#   awk -f tally_sheets.awk -v count=10000 -v hamlets=1000
#   awk -f tally_sheets.awk -v what=hamlets|cells -v hamlets=1000
# The hamlets are D00000 ..., their cells B0 ...; the same arguments give the same rows. Every hundredth sheet is faulty, its minutes
# number begins with "sai-": in turn its ballots do not add up, a candidate has more votes than there are valid ballots, one above
# half of those present only is called elected, or its date does not exist.

function random(n) { seed = seed * 16807 % 2147483647; return seed % n }

BEGIN {
  if (what != "") { print_places(); exit }
  seed = 1
  candidates = 6
  officials = 5
  split("Trưởng ban kiểm phiếu|Thành viên ban kiểm phiếu|Thành viên ban kiểm phiếu|Người chứng kiến|Người chứng kiến", role, "|")
  head = "Chi bộ,\"Thôn, tổ dân phố\",Ngày bầu cử,Lần bầu,Thành phần cử tri,Hình thức tổ chức,Hình thức bỏ phiếu,Tổng số cử tri," \
    "Số cử tri tham gia,Số cử tri vắng mặt,Số phiếu phát ra,Số phiếu thu về,Số phiếu hợp lệ,Số phiếu không hợp lệ," \
    "Kết luận của biên bản,Số biên bản,Ngày lập biên bản"
  for (i = 1; i <= candidates; i++) {
    suffix = i == 1 ? "" : " " i
    head = head ",Họ và tên người ứng cử" suffix ",Số phiếu đồng ý" suffix ",Số phiếu không đồng ý" suffix ",Không biểu quyết" suffix \
      ",Trúng cử" suffix
  }
  for (i = 1; i <= officials; i++) {
    suffix = i == 1 ? "" : " " i
    head = head ",Họ và tên thành viên" suffix ",Nhiệm vụ thành viên" suffix
  }
  print head
  for (sheet = 0; sheet < count; sheet++) print_sheet(sheet)
}

function print_places(   i) {
  print what == "hamlets" ? "Danh mục mã,Mã đơn vị,Tên địa phương,Loại đơn vị,Trực thuộc" : \
    "Mã tổ chức,Tên tổ chức đảng,Loại tổ chức đảng,Cấp trên trực tiếp"
  for (i = 0; i < hamlets; i++) {
    print what == "hamlets" ? sprintf("thon-do,D%05d,Thôn %d,Thôn,21496", i, i) : \
      "B" i ",Chi bộ thôn " i ",Chi bộ trực thuộc,535"
  }
}

function print_sheet(sheet,   hamlet, day, electors, present, invalid, valid, left, running, fault, elected, row, i, votes) {
  hamlet = sheet % hamlets
  fault = sheet % 100 == 99 ? 1 + int(sheet / 100) % 4 : 0
  day = "22/05/" (2008 + int(sheet / hamlets))
  electors = 100 + random(300)
  present = electors - random(int(electors / 4))
  invalid = 1 + random(5)
  valid = present - invalid
  running = 2 + random(candidates - 1)
  left = valid
  for (i = 1; i <= candidates; i++) {
    votes[i] = i > running ? 0 : i < running ? int(left * 3 / 5) : left
    left -= votes[i]
  }
  if (fault == 3) { # above half of those present, not of all
    electors = 2 * votes[1] + 10
    if (electors < present) electors = present
  }
  elected = 2 * votes[1] > electors || fault == 3
  if (fault == 1) valid--
  if (fault == 2) votes[1] = valid + 1
  row = "B" hamlet ",D" sprintf("%05d", hamlet) "," (fault == 4 ? "31/02/2022" : day) \
    ",1,Cử tri đại diện hộ,Cuộc họp thôn,\"Bỏ phiếu kín, chọn một người\"," electors "," present "," electors - present "," \
    present "," present "," valid "," invalid "," \
    (elected ? "Có người trúng cử" : "Không xác định được người trúng cử") "," (fault ? "sai-" : "") sheet "/BB," day
  for (i = 1; i <= candidates; i++) {
    row = row (i > running ? ",,,,," : ",Nguyễn Văn " substr("ABCDEF", i, 1) "," votes[i] ",,," (i == 1 && elected ? "có" : "không"))
  }
  for (i = 1; i <= officials; i++) row = row ",Trần Thị " substr("GHIJK", i, 1) "," role[i]
  print row
}
