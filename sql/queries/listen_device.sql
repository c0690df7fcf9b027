-- listen_device: hear of devices that acts change (sql/queries/act_notify.sql). No parameters, no rows.
listen dantin_device
