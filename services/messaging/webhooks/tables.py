"""What providers posted, and when people at an account's other end were last heard of."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import TIMESTAMP

from services.messaging.tables import metadata

# As it came, until it was acted on. What several organizations share an address for belongs to
# the platform until it is known whose each part of it is.
channel_posts = sa.Table(
    "channel_posts",
    metadata,
    sa.Column("organization", sa.Uuid, primary_key=True),
    sa.Column("id", sa.Uuid, primary_key=True),
    sa.Column("provider", sa.Text, nullable=False),
    # The null UUID where that is not known yet.
    sa.Column("account", sa.Uuid, nullable=False),
    # SHA-256 of the body: what comes twice is kept once.
    sa.Column("digest", sa.LargeBinary, nullable=False),
    # Empty once it was acted on.
    sa.Column("body", sa.LargeBinary, nullable=False),
    sa.Column("effect", sa.Text, nullable=False),
    sa.Column("create_time", TIMESTAMP(timezone=True), nullable=False),
    sa.UniqueConstraint("organization", "account", "digest", name="channel_posts_digest_key"),
    sa.Index("channel_posts_create_time_idx", "organization", "create_time"),
)

# Who wrote to an account, by each address that they are known by there.
channel_contacts = sa.Table(
    "channel_contacts",
    metadata,
    sa.Column("organization", sa.Uuid, primary_key=True),
    sa.Column("account", sa.Uuid, primary_key=True),
    # A phone number in E.164, or what the provider calls who shows none.
    sa.Column("address", sa.Text, primary_key=True),
    # The phone number of who is called otherwise, once it was shown.
    sa.Column("phone", sa.Text, nullable=False),
    # When they last wrote. Null if they never did.
    sa.Column("hear_time", TIMESTAMP(timezone=True)),
)
