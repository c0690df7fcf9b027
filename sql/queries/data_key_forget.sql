-- data_key_forget: data keys nothing is sealed under any more. $1 integer: the smallest number that stays. No rows.
delete from dantin.data_key where number < $1::integer
