# IN WORK BY A NEW HELPER SINCE 00:04 (the lead gave it away to save time): do not write this file, go on with the rest of your brief and report.
