"""Is the province's state exactly what was imported, once, and does every receipt say what the journal says?

    kill_check.py SHEETS        the folder kill_campaign.py worked on

Works on the running province of tests/lib/province.bash ($WORK, $DATA, $DANTIN). Prints what differs and exits with 1, or what agreed."""
import csv, hashlib, json, os, pathlib, pwd, subprocess, sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "lib"))
import vault

WORK, DATA = pathlib.Path(os.environ["WORK"]), pathlib.Path(os.environ["DATA"])
ENVELOPE_PREVIOUS = slice(58 * 2, 90 * 2)  # in hex; docs/protocol.md#envelope
CONTENT_CHANGES = "1"  # the others are acts: docs/protocol.md#contents
DIFFERENCES_SHOWN = 20

# Header of the sheets: column and what stands in it. A code may be typed as its code or its name.
MEMBER = {
    "Số lý lịch": ("file_number", "text"),
    "Số thẻ đảng viên": ("card_number", "text"),
    "Họ và tên": ("name", "text"),
    "Ngày sinh": ("birth_date", "date"),
    "Giới tính": ("sex", "sex"),
    "Dân tộc": ("ethnicity", "ethnicity_1979"),
    "Tôn giáo": ("religion", "religion_2008"),
    "Ngày quyết định kết nạp": ("admission_decision_date", "date"),
    "Ngày vào Đảng": ("admission_date", "date"),
    "Ngày quyết định chính thức": ("official_decision_date", "date"),
    "Ngày chính thức": ("official_date", "date"),
    "Ngày ra khỏi Đảng": ("ended_date", "date"),
    "Lý do ra khỏi Đảng": ("ended_reason", "ended_reason"),
    "Tạm miễn từ ngày": ("temporarily_exempt_from", "date"),
    "Tạm miễn đến ngày": ("temporarily_exempt_to", "date"),
    "Miễn sinh hoạt từ ngày": ("exempt_from", "date"),
    "Miễn sinh hoạt đến ngày": ("exempt_to", "date"),
    "Nghề nghiệp": ("occupation", "occupation"),
    "Trình độ giáo dục phổ thông": ("general_education", "general_education"),
    "Trình độ chuyên môn": ("profession", "profession"),
    "Học hàm": ("academic_title", "academic_title"),
    "Lý luận chính trị": ("political_theory", "political_theory"),
    "Chi bộ": ("branch_branch", "text"),
    "Sinh hoạt từ ngày": ("branch_from", "date"),
    "Sinh hoạt đến ngày": ("branch_to", "date"),
}
BRANCH = {
    "Mã tổ chức": ("code", "text"),
    "Tên tổ chức đảng": ("name", "text"),
    "Loại tổ chức đảng": ("kind", "branch_kind"),
    "Loại hình đơn vị": ("unit_type", "unit_type"),
    "Cấp trên trực tiếp": ("parent_branch", "text"),
    "Địa bàn": ("locality_locality", "text"),
    "Ngày thành lập": ("established_date", "date"),
}
# Not in any sheet, so null at the province.
BRANCH_UNTOLD = ["code_list", "is_sender", "established_decision", "dissolved_date", "dissolved_decision", "parent_from",
                 "parent_to", "locality_from", "locality_to"]


class Report:
    def __init__(self):
        self.is_bad = False

    def expect(self, what, wanted, found):
        if wanted == found:
            print(f"ok: {what}" + (f": {found}" if isinstance(found, int) else ""))
            return
        self.is_bad = True
        if isinstance(wanted, (dict, set)):
            keys = sorted(wanted.keys() ^ found.keys() if isinstance(wanted, dict) else wanted ^ found)
            if isinstance(wanted, dict):
                keys += sorted(key for key in wanted.keys() & found.keys() if wanted[key] != found[key])
                lines = [f"  {key}: wanted {wanted.get(key)}, found {found.get(key)}" for key in keys]
            else:
                lines = [f"  {key}: {'missing' if key in wanted else 'too much'}" for key in keys]
            print(f"DIFFERENT: {what}: {len(keys)}", *lines[:DIFFERENCES_SHOWN], sep="\n")
        else:
            print(f"DIFFERENT: {what}: wanted {wanted}, found {found}")


REPORT = Report()


def sql(statement):
    """Rows as dictionaries of texts, as the cluster's own user; null is ''."""
    lines = (DATA / "pg" / "postmaster.pid").read_text().split("\n")
    owner = pwd.getpwuid((DATA / "pg").stat().st_uid)
    command = ["psql", "--no-psqlrc", "--quiet", "--csv", "--set", "ON_ERROR_STOP=1", "--host", lines[4], "--port", lines[3]]
    command += ["--username", "dantin_admin", "--dbname", "dantin", "--command", statement]
    if os.geteuid() != owner.pw_uid:
        command = ["setpriv", "--reuid", str(owner.pw_uid), "--regid", str(owner.pw_gid), "--clear-groups", *command]
    output = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, check=True, cwd="/").stdout
    return list(csv.DictReader(output.decode().splitlines()))


def client(home, *arguments):
    command = [os.environ["DANTIN"], "--home", str(WORK / home), "--json", *arguments]
    return json.loads(subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, check=True).stdout)


def sheet_rows(sheets, *kinds):
    for kind in kinds:
        for path in sorted(sheets.glob(f"*-{kind}.csv")):
            with open(path, encoding="utf-8-sig", newline="") as lines:
                yield from csv.DictReader(lines)


def as_stored(row, columns, codes):
    """A sheet's row as the table holds it."""
    stored = {column: "" for column, _ in columns.values()}
    for header, cell in row.items():
        column, what = columns[header]
        if what == "date" and cell:
            cell = "{2}-{1:>02}-{0:>02}".format(*cell.split("/"))
        elif what not in ("date", "text") and cell:
            cell = codes.get((what, cell), cell)
        stored[column] = cell
    return stored


def open_numbers(rows):
    """What the province holds sealed, as it was typed."""
    keys = sql("select number, replace(sender::text, '-', '') as sender, encode(wrapped, 'hex') as wrapped from dantin.data_key")
    opener = vault.Vault(DATA / "master.key", [(int(key["number"]), bytes.fromhex(key["sender"]), bytes.fromhex(key["wrapped"]))
                                               for key in keys])
    for row in rows:
        record = bytes.fromhex(row.pop("id").replace("-", ""))
        for column in ("file_number", "card_number"):
            if row[column]:
                row[column] = opener.field(bytes.fromhex(row[column][2:]), vault.KIND_MEMBER, record, column)


def check_records(sheets):
    codes = {(row["list"], row["name"]): row["code"] for row in sql("select list, name, code from dantin.code")}
    branches = {row["Mã tổ chức"]: as_stored(row, BRANCH, codes) for row in sheet_rows(sheets, "branches")}
    members = {row["Số lý lịch"]: as_stored(row, MEMBER, codes) for row in sheet_rows(sheets, "members", "former")}
    untold = "".join(f", b.{column}" for column in BRANCH_UNTOLD)
    told = ", ".join(f"b.{column}" for column, what in BRANCH.values() if column not in ("parent_branch", "locality_locality"))
    found = sql(f"select {told}, p.code as parent_branch, l.code as locality_locality{untold} from dantin.branch b "
                "left join dantin.branch p on p.id = b.parent_branch left join dantin.locality l on l.id = b.locality_locality "
                "where b.code_list is null")
    for branch in branches.values():
        branch.update(dict.fromkeys(BRANCH_UNTOLD, ""))
    REPORT.expect("branches, every field", branches, {row["code"]: row for row in found})
    REPORT.expect("rows of branches", len(branches), len(found))
    columns = ", ".join("b.code as branch_branch" if column == "branch_branch" else f"m.{column}" for column, _ in MEMBER.values())
    found = sql(f"select m.id, {columns} from dantin.member m left join dantin.branch b on b.id = m.branch_branch")
    open_numbers(found)
    REPORT.expect("members, every field", members, {row["file_number"]: row for row in found})
    REPORT.expect("rows of members", len(members), len(found))
    versions = sql("select count(*) from dantin.member_version where until is null and not removed")
    REPORT.expect("current versions of members", len(members), int(versions[0]["count"]))
    REPORT.expect("versions of members", len(members), int(sql("select count(*) from dantin.member_version")[0]["count"]))
    elements = sql("select (select count(*) from dantin.member_branch) + (select count(*) from dantin.branch_parent) as count")
    REPORT.expect("earlier edges", 0, int(elements[0]["count"]))
    REPORT.expect("refusals", 0, int(sql("select count(*) from dantin.refusal")[0]["count"]))
    return len(branches) + len(members)


def check_journal(records):
    """Positions and sequences without gaps, hash chains unbroken, nothing twice. Gives the entries by (device, sequence)."""
    journal = sql("select position, epoch, encode(device, 'hex') as device, sequence, encode(envelope, 'hex') as envelope, "
                  "encode(envelope_hash, 'hex') as hash, server_time_ms, content, change_count, encode(leaf, 'hex') as leaf "
                  "from dantin.journal order by position")
    head = sql("select position, epoch from dantin.journal_head")[0]
    REPORT.expect("positions", set(range(int(head["position"]))), {int(entry["position"]) for entry in journal})
    REPORT.expect("entries", int(head["position"]), len(journal))
    REPORT.expect("one epoch", {head["epoch"]}, {entry["epoch"] for entry in journal})
    times = [int(entry["server_time_ms"]) for entry in journal]
    REPORT.expect("server time never runs back", True, times == sorted(times))
    province = client("province", "status")["device"]
    changes = sum(int(entry["change_count"]) for entry in journal
                  if entry["device"] != province and entry["content"] == CONTENT_CHANGES)
    REPORT.expect("changes journalled", records, changes)
    chain = {}
    for entry in journal:
        sequence, hash_before = chain.get(entry["device"], (0, "0" * 64))
        hash_now = hashlib.sha256(bytes.fromhex(entry["envelope"])).hexdigest()
        fact = (int(entry["sequence"]), entry["envelope"][ENVELOPE_PREVIOUS], entry["hash"])
        if fact != (sequence + 1, hash_before, hash_now):
            REPORT.expect(f"chain of {entry['device'][:8]}", (sequence + 1, hash_before, hash_now), fact)
        chain[entry["device"]] = (sequence + 1, hash_now)
    devices = sql("select encode(id, 'hex') as id, last_sequence, encode(last_envelope_hash, 'hex') as hash, is_quarantined "
                  "from dantin.device")
    REPORT.expect("sequences and chains of devices", chain, {row["id"]: (int(row["last_sequence"]), row["hash"]) for row in devices})
    REPORT.expect("no device in quarantine", {"f"}, {row["is_quarantined"] for row in devices})
    return {(entry["device"], int(entry["sequence"])): entry for entry in journal}


def check_receipts(codes, journal):
    """Every client holds one receipt for each of its entries, and each says what the journal says."""
    wanted, found, waiting = {}, {}, 0
    for code in codes:
        status = client(f"sender-{code}", "status")
        waiting += status["open_changes"] + status["sealed_waiting"] + status["refused_open"] + status["conflicts_open"]
        for (device, sequence), entry in journal.items():
            if device == status["device"]:
                wanted[code, sequence] = (int(entry["position"]), entry["epoch"].replace("-", ""), entry["leaf"],
                                          int(entry["server_time_ms"]), int(entry["change_count"]))
        receipts = client(f"sender-{code}", "receipts")["receipts"]
        REPORT.expect(f"receipts of {code}", len(receipts), len({receipt["sequence"] for receipt in receipts}))
        for receipt in receipts:
            found[code, receipt["sequence"]] = tuple(receipt[k] for k in ("position", "epoch", "leaf", "server_time_ms", "applied"))
    REPORT.expect("receipts and journal", wanted, found)
    REPORT.expect("changes and submissions left at clients", 0, waiting)


def main():
    sheets = pathlib.Path(sys.argv[1])
    records = check_records(sheets)
    journal = check_journal(records)
    check_receipts(sorted(path.name.partition("-")[0] for path in sheets.glob("*-branches.csv")), journal)
    sys.exit(1 if REPORT.is_bad else 0)


if __name__ == "__main__":
    main()
