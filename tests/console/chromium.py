"""The browser, where there is one."""

import shutil

PATH = shutil.which("chromium") or shutil.which("google-chrome")
MISSING = "there is no chromium; on Debian: apt-get install chromium"
ARGUMENTS = ["--no-sandbox"]  # Chromium's sandbox needs a user that is not root.
