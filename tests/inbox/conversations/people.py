"""Addresses of conversations, and somebody who takes one."""

from smsops.inbox.conversations import claims

LIST = "/admin/inbox/conversations/"


def page_of(conversation):
    return f"{LIST}{conversation.pk}/"


def claim(conversation, actor, **how):
    return claims.claim_conversation(conversation_id=conversation.pk, actor=actor, **how)
