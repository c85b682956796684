"""What a case is about, as GetCase shows it: vehicles with what their papers say, vessels, a driver's two numbers."""

from enforcement.audit.v1 import events_pb2 as audit
from enforcement.cases.v1 import events_pb2 as events
from enforcement.cases.v1 import service_pb2 as rpc
from enforcement.common.v1 import common_pb2 as common

from deploy.local.story import cast
from deploy.local.story.run import Run

DRIVER = events.Party(
    kind=events.PARTY_KIND_PERSON,
    name="赵六",
    licence_number="510500000001",
    driving_licence_number="510521198001010011",
)
LORRY = events.Vehicle(
    plate="川E·B6666",
    plate_colour="黄",
    type="重型半挂牵引车",
    axles="6",
    rated_load="18000千克",
    registered_place="泸州市",
    vin="LZZ1CLWB0MA000001",
)
SHIP = events.Vessel(
    name="川泸货1288",
    identification_number="CN20191234567",
    mmsi="413123456",
    type="干货船",
    port_of_registry="泸州",
    operating_certificate_number="川SJ(2021)0001",
    owner="孙七",
    operator="泸州某航运公司",
)


async def test_a_case_shows_its_vehicle_and_its_vessel_to_whoever_handles_it_and_masks_them_for_others(bureau: Run):
    clue = rpc.RegisterClueRequest(
        source=events.CLUE_SOURCE_INSPECTION,
        act_code="RTR-63",
        act_on="2024-12-13",
        place=common.Place(division_code="510521", description="泸州港"),
        facts="在泸州港装载货物",
        party=DRIVER,
        vehicle=LORRY,
        vessel=SHIP,
    )
    case_id = (await bureau.act(cast.LUXIAN_CHIEF, "clue/objects", clue)).id
    asked = rpc.GetCaseRequest(case_id=case_id)
    masked = (await bureau.ask(cast.LUXIAN_DEPUTY, asked)).case
    asked.purpose = audit.PURPOSE_CASE_HANDLING
    whole = (await bureau.ask(cast.LUXIAN_DEPUTY, asked)).case
    assert (whole.party, whole.vehicle, whole.vessel) == (DRIVER, LORRY, SHIP)
    assert (masked.vehicle.axles, masked.vehicle.registered_place) == ("6", "泸州市")
    assert (masked.vessel.type, masked.vessel.port_of_registry) == ("干货船", "泸州")
    personal = (
        (masked.party.driving_licence_number, DRIVER.driving_licence_number),
        (masked.vehicle.vin, LORRY.vin),
        (masked.vessel.name, SHIP.name),
        (masked.vessel.mmsi, SHIP.mmsi),
        (masked.vessel.owner, SHIP.owner),
    )
    assert [shown == known for shown, known in personal] == [False] * len(personal)
