#!/usr/bin/python3
"""The application of the lab: writes without end, and tells the host each time when data is safe on the disk.

writer.py run DIRECTORY...     one round: in each directory, first a page of 4 KiB in place in the file `pages` and fdatasync,
                               then a record of 512 bytes at the end of `journal` and fsync; then "record NUMBER SUM" to the host
writer.py check DIRECTORY...   prints, for each directory, a line
                               DIRECTORY RECORDS BROKEN-RECORDS BROKEN-PAGES and the sums of all records, joined by commas

A record names the machine and the boot that wrote it: two machines that both went on from the same record differ.
"""
import glob
import os
import signal
import socket
import sys
import time
import zlib

PAGES, PAGE, RECORD = 1024, 4096, 512


def place(number):
    return number * 389 % PAGES


def record_of(number, writer):
    head = b'%012d %s ' % (number, writer)
    return (head + b'%08x ' % zlib.crc32(head)).ljust(RECORD - 1, b'.') + b'\n'


def sum_of(record):
    """The sum that stands in a record; None if the record is not what its writer wrote."""
    words = record.split(b' ')
    if len(words) != 4 or not words[0].isdigit():
        return None
    return words[2].decode() if record == record_of(int(words[0]), words[1]) else None


def page_of(record):
    return record * (PAGE // RECORD)


def records(file):
    while True:
        record = os.read(file, RECORD)
        if len(record) < RECORD:
            return
        yield record


def check(directory):
    journal, pages = (os.open(f'{directory}/{name}', os.O_RDONLY) for name in ('journal', 'pages'))
    sums, broken, last = [], 0, {}
    for number, record in enumerate(records(journal)):
        found = sum_of(record)
        if found is None or int(record[:12]) != number:
            broken += 1
        sums.append(found or 'broken')
        last[place(number)] = record
    broken_pages = 0
    for index in range(PAGES):
        page = os.pread(pages, PAGE, index * PAGE)
        whole = page == (page_of(last[index]) if index in last else bytes(PAGE))
        # the page of the round that was not completed may be there already
        ahead = (index == place(len(sums)) and page == page_of(page[:RECORD]) and sum_of(page[:RECORD]) is not None
                 and int(page[:12]) == len(sums))
        if not whole and not ahead:
            broken_pages += 1
    print(directory, len(sums), broken, broken_pages, ','.join(sums) or '-')


class Writer:
    def __init__(self, directories):
        self.stopping = False
        self.port = os.open(self.port_path(), os.O_WRONLY)
        self.directories = directories
        self.files = []
        self.number = -1
        with open('/proc/sys/kernel/random/boot_id') as boot:
            self.name = f'{socket.gethostname()}/{boot.read()[:8]}'.encode()
        signal.signal(signal.SIGTERM, self.stop)

    @staticmethod
    def port_path():
        for path in glob.glob('/sys/class/virtio-ports/*/name'):
            with open(path) as file:
                if file.read().strip() == 'lab.acknowledgements':
                    return '/dev/' + path.split('/')[-2]
        raise SystemExit('the machine has no port for acknowledgements')

    def stop(self, *_):
        self.stopping = True

    def say(self, *words):
        os.write(self.port, (' '.join(str(word) for word in words) + '\n').encode())

    def open_files(self):
        """Goes on after the last whole record that all directories have."""
        counts = []
        for directory in self.directories:
            journal = os.open(f'{directory}/journal', os.O_RDWR | os.O_CREAT, 0o644)
            pages = os.open(f'{directory}/pages', os.O_RDWR)
            counts.append(sum(1 for _ in records(journal)))
            self.files.append((journal, pages))
        self.number = min(counts)
        for journal, _ in self.files:
            os.ftruncate(journal, self.number * RECORD)
            os.lseek(journal, 0, os.SEEK_END)

    def write_round(self):
        record = record_of(self.number, self.name)
        for journal, pages in self.files:
            os.pwrite(pages, page_of(record), place(self.number) * PAGE)
            os.fdatasync(pages)
            os.write(journal, record)
            os.fsync(journal)
        self.say('record', self.number, sum_of(record))
        self.number += 1

    def run(self):
        try:
            self.open_files()
            self.say('start', self.number)
            tell_systemd('READY=1')
            while not self.stopping:
                self.write_round()
                time.sleep(0.02)
            self.say('stop', self.number)
        except OSError as error:
            self.say('error', self.number, error.errno, error.strerror.replace(' ', '_'))
            raise


def tell_systemd(message):
    path = os.environ.get('NOTIFY_SOCKET')
    if path:
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as notify:
            notify.sendto(message.encode(), path.replace('@', '\0', 1))


if sys.argv[1] == 'check':
    for each in sys.argv[2:]:
        check(each)
else:
    Writer(sys.argv[2:]).run()
