-- part_row_order: put in place of {row_order}: the rows of g in order, the total last.
g.is_total, b.code collate "C", b.name collate "C", b.id
