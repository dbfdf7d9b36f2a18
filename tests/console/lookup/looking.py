"""The look-up's page, asked for and read."""

PAGE = "/admin/desk/look-up/"
NUMBER = "+6281234567890"


def look(client, term, **more):
    answer = client.get(PAGE, {"q": term} | more)
    assert answer.status_code == 200
    return answer


def text_of(answer):
    return answer.content.decode()
