"""The two parties and their vehicles, all invented, and the words that must not reach a platform."""

from typing import Final

from enforcement.cases.v1 import events_pb2 as cases
from enforcement.transfer.v1 import events_pb2 as transfer

from deploy.local.story.posts import SUSPECTS, A, B

ACT: Final = "RTR-63"
"""Code of the act: passenger transport without a licence (未取得道路旅客运输经营许可, 道路运输条例 art. 63)."""
FACTS: Final = {
    A: "驾驶私家车搭载4名乘客由永川前往泸县，收取车费120元，未能出示道路运输证和经营许可。",
    B: "驾驶小型客车搭载5名乘客由荣昌前往泸县县城，收取车费200元，出示的道路运输证编号与车辆信息不符。",
}
PARTIES: Final = {
    A: cases.Party(
        kind=cases.PARTY_KIND_PERSON,
        name="游小满",
        id_number="500118199502300017",
        phone="13912180001",
        address="重庆市永川区吉安镇故事街1号",
    ),
    B: cases.Party(
        kind=cases.PARTY_KIND_PERSON,
        name="贺德全",
        id_number="510521198802300018",
        phone="13912180002",
        address="四川省泸县福集镇故事街2号",
    ),
}
"""By checkpoint; the id numbers name a 30 February, so nobody has them."""
CERTIFICATE: Final = "川交运管许可泸字510521009917"
"""Number on the forged road transport certificate (道路运输证)."""
VEHICLES: Final = {
    A: cases.Vehicle(plate=SUSPECTS[A], plate_colour="蓝", type="小型轿车", owner=PARTIES[A].name),
    B: cases.Vehicle(
        plate=SUSPECTS[B],
        plate_colour="蓝",
        type="小型客车",
        owner=PARTIES[B].name,
        transport_certificate_number=CERTIFICATE,
    ),
}
CRIME: Final = "《刑法》第二百八十条 伪造国家机关证件罪"
CRIME_FACTS: Final = "经向永川核实，当事人所持道路运输证系伪造，证件编号在川渝两地营运车辆登记中均不存在。"
CRIMINAL_CASE_NUMBER: Final = "泸公（治）立字〔2025〕0606号"
SUSPECT: Final = transfer.Suspect(
    name=PARTIES[B].name, id_number=PARTIES[B].id_number, phone=PARTIES[B].phone, address=PARTIES[B].address
)

SECRETS: Final = (
    *(
        word
        for post in (A, B)
        for word in (
            PARTIES[post].name,
            PARTIES[post].id_number,
            PARTIES[post].phone,
            PARTIES[post].address,
            SUSPECTS[post],
            FACTS[post][:12],
        )
    ),
    CERTIFICATE,
    CRIME,
    CRIME_FACTS[:12],
    CRIMINAL_CASE_NUMBER,
)
"""Names, plates and content: what a search must find at the bureaus and police, and nowhere at a platform."""
