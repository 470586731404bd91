"""Values: ids, points, signals, events, commands, records, reasons, errors, and the Driver contract."""
