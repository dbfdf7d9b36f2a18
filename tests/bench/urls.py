"""The product's addresses, and a view that only answers: the plain limit of callbacks."""

from django.http import HttpResponse
from django.urls import path
from django.views.decorators.csrf import csrf_exempt

from smsops.urls import urlpatterns as product


@csrf_exempt
def answer(_request, **_parts):
    return HttpResponse("OK", content_type="text/plain")


urlpatterns = [path("callbacks/plain/<slug:token>/<slug:kind>/", answer), *product]
