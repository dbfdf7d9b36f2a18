"""How gunicorn runs the web pages: `gunicorn smsops.wsgi --config smsops/gunicorn.py --bind ADDRESS:PORT`.

No access log: the path of a callback holds its token. Everything here can be overridden on the command line.
"""

from environ import Env

from smsops.logs import logging_config

worker_class = "gthread"
workers = 2
threads = 8
# Seconds: a callback on its way is answered before the process ends, also when a new release goes in.
timeout = 60
graceful_timeout = 30
keepalive = 5
accesslog = None
control_socket_disable = True
logconfig_dict = logging_config(is_for_people=Env().bool("DEBUG", default=False))
logconfig_dict["loggers"] |= {"gunicorn.error": {"handlers": [], "level": "INFO", "propagate": True}}
