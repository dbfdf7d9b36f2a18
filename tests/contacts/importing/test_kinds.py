"""The same people from every kind of file, as every program writes it."""

from datetime import date, datetime

import pytest

from contacts.importing.headers import guess_mapping
from contacts.models import Contact, Group
from tests.contacts.importing.conftest import totals

ROWS = [["Nama", "No. HP", "Alamat"], ["José Ñúñez", "0812-3456-7890", "Jl. Café 1"], ["Siti", "81311112222", ""]]


def people():
    return list(Contact.objects.order_by("pk").values_list("name", "mobile"))


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16", "utf-16-le", "utf-16-be"])
def test_a_text_is_read_whatever_its_encoding_and_separator(write, import_file, delimiter, encoding):
    path = write("people.txt", ROWS, encoding=encoding, delimiter=delimiter)
    assert totals(import_file(path)) == (2, 0, 0, 0)
    assert people() == [("José Ñúñez", "+6281234567890"), ("Siti", "+6281311112222")]
    assert Contact.objects.first().operator


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_every_line_end_is_one(write, import_file, end):
    assert totals(import_file(write("a.csv", end.join(["name,mobile", "Budi,0812 3456 7890", ""])))) == (1, 0, 0, 0)


def test_excel_s_own_first_line_names_the_separator(write, import_file):
    assert totals(import_file(write("a.csv", 'sep=;\nname;mobile\n"Budi, S.H.";081234567890\n'))) == (1, 0, 0, 0)
    assert people() == [("Budi, S.H.", "+6281234567890")]


def test_a_workbook_s_figures_and_days_are_read_as_what_they_are(write, import_file):
    born = datetime(1990, 8, 17)
    path = write("a.xlsx", [[], ["Nama", "HP", "Tanggal Lahir"], ["Budi", 81234567890, born], ["Ani", 6.2813e12, born]])
    told = import_file(path)
    assert totals(told) == (1, 0, 0, 1)
    assert told["refused_rows"][0]["row"] == 4
    assert Contact.objects.get().mobile == "+6281234567890"
    assert Contact.objects.get().birth_date == date(1990, 8, 17)


def test_a_workbook_s_formulas_are_refused_but_not_its_texts(write, import_file):
    path = write("a.xlsx", [["Nama", "HP"], ["=1+1", "081234567890"], ["-", '="081311112222"']])
    told = import_file(path)
    assert totals(told) == (1, 0, 0, 1)
    assert "formula" in told["refused_rows"][0]["reasons"][0]


CARDS = """BEGIN:VCARD
VERSION:3.0
N:Susanto;Budi;;;
FN:Budi Susanto
TEL;TYPE=HOME:021-5001234
item1.TEL;TYPE=CELL:0812-3456-7890
ADR;TYPE=HOME:;;Jl. Merdeka 1;Bandung;;40111;
BDAY:1990-08-17
CATEGORIES:Teman,VIP
NOTE:baris 1\\nbaris 2
PHOTO;ENCODING=b;TYPE=JPEG:AAAA
 BBBB
END:VCARD
BEGIN:VCARD
VERSION:4.0
FN:Siti
TEL;VALUE=uri;TYPE=cell:tel:+62-813-1111-2222
BDAY:19910203
END:VCARD
BEGIN:VCARD
VERSION:2.1
N;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:;Ren=C3=A9;;;
TEL;CELL:+62 0856 1234 5678
END:VCARD
"""


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_cards_of_every_version_are_read(write, import_file, encoding):
    told = import_file(write("contacts.vcf", CARDS.replace("\n", "\r\n"), encoding=encoding), "--create-groups")
    assert totals(told) == (3, 0, 0, 0)
    assert people() == [("Budi Susanto", "+6281234567890"), ("Siti", "+6281311112222"), ("René", "+6285612345678")]
    budi = Contact.objects.get(name="Budi Susanto")
    assert (budi.address, budi.birth_date) == ("Jl. Merdeka 1, Bandung, 40111", date(1990, 8, 17))
    assert budi.description == "baris 1\nbaris 2"
    assert set(Group.objects.filter(contacts=budi).values_list("name", flat=True)) == {"Teman", "VIP"}
    assert budi.attributes == {"other_mobile": "+62215001234"}
    assert Contact.objects.get(name="Siti").birth_date == date(1991, 2, 3)


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        (["Nama", "No. HP", "Grup", "Tgl Lahir"], ["name", "mobile", "groups", "birth_date"]),
        (["NAMA LENGKAP", "Nomor Telepon", "Keterangan"], ["name", "mobile", "description"]),
        (["First Name", "Last Name", "Mobile Phone", "Home Phone"], ["name", "name", "mobile", ""]),
        (["Name", "Given Name", "Phone 1 - Type", "Phone 1 - Value", "Group Membership"],
         ["name", "", "", "mobile", "groups"]),
        (["Home Street", "Home City", "Business Phone", "Categories", "Birthday", "Notes"],
         ["address", "address", "mobile", "groups", "birth_date", "description"]),
        (["display_name", "phone_number"], ["name", "mobile"]),
        (["Name", "Mobile number", "attributes.Kota", "Points"], ["name", "mobile", "attributes.Kota", ""]),
    ],
)  # fmt: skip
def test_columns_are_known_by_their_headers(headers, expected):
    assert guess_mapping(headers, []) == expected


def test_columns_without_a_header_are_known_by_what_stands_in_them(write, import_file):
    assert totals(import_file(write("a.csv", "1,Budi,081234567890\n2,Siti,081311112222\n"))) == (2, 0, 0, 0)
    assert people()[0] == ("Budi", "+6281234567890")


def test_a_column_of_numbers_under_a_strange_header_is_found(write, import_file):
    assert totals(import_file(write("a.csv", "siapa,dihubungi di\nBudi,081234567890\n"))) == (1, 0, 0, 0)
