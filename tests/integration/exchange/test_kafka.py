"""The exchange's Kafka clients, on the real broker."""

import asyncio

from deploy.local.kafka import Broker
from services.exchange.kafka import mailbox_topic, make_consumer, make_producer, start, stop
from tests.support.kafka import fresh_id


async def test_a_reader_that_was_given_no_partitions_gets_them_once_they_are_there(kafka: Broker) -> None:
    """As it joins again while a broker comes back that does not know its topics yet."""
    me = fresh_id("jt")
    consumer = make_consumer(kafka.bootstrap, me, instance="", records=10, wait_ms=100)
    producer = make_producer(kafka.bootstrap, me)
    await start(consumer)
    await start(producer)
    try:
        consumer.subscribe([mailbox_topic(me)])
        await consumer.getmany(timeout_ms=1_000)  # it joined
        await kafka.create_topics({mailbox_topic(me): 1})
        await producer.send_and_wait(mailbox_topic(me), b"value")
        async with asyncio.timeout(20):
            assert (await consumer.getone()).value == b"value"
    finally:
        await stop(producer)
        await stop(consumer)
