"""Settings for tests: a folder of its own for files, a fast password hash; everything else is the product's."""

import os
import tempfile

os.environ.setdefault("DEBUG", "1")
os.environ.setdefault("SECRET_KEY", "tests-only-" + "x" * 50)
os.environ["SMSOPS_VAR"] = tempfile.mkdtemp(prefix="smsops-tests-")

from smsops import settings as product
from smsops.settings import *

DEBUG = False
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
product.STORAGES["staticfiles"]["BACKEND"] = "django.contrib.staticfiles.storage.StaticFilesStorage"
if product.DATABASES["default"]["ENGINE"].endswith("sqlite3"):
    # A file, not memory: workers, threads and the server under test are other connections and processes.
    product.DATABASES["default"]["TEST"] = {"NAME": f"{os.environ['SMSOPS_VAR']}/test.sqlite3"}
