#!/usr/bin/python3
"""Runs scripts for the host, as the SSM agent runs those of aws:runShellScript: a file of its own, by `sh -c`, as root, from
systemd, without a terminal. A job ends when the script has ended and nobody holds its output open any more.

In, one line:  run ID SECONDS ENVIRONMENT SCRIPT     both in base64; ENVIRONMENT is NAME=VALUE, each ended by a NUL
Out, one line: done ID STATUS STDOUT STDERR          both in base64; STATUS is a number, or "timeout"
Jobs run side by side: one that hangs holds up none of the others.
"""
import base64
import glob
import os
import signal
import subprocess
import threading
import time

ORCHESTRATION = '/var/lib/amazon/ssm/lab/document/orchestration'
writing = threading.Lock()


def port_named(name):
    while True:
        for path in glob.glob('/sys/class/virtio-ports/*/name'):
            with open(path) as file:
                if file.read().strip() == name:
                    return '/dev/' + path.split('/')[-2]
        time.sleep(0.05)


def encoded(data):
    return base64.b64encode(data).decode() or '='


def say(port, *words):
    line = (' '.join(words) + '\n').encode()
    with writing:
        while line:
            line = line[os.write(port, line):]


def run(port, job, seconds, environment, script):
    folder = f'{ORCHESTRATION}/{job}/awsrunShellScript/runScript'
    os.makedirs(folder, 0o700)
    path = folder + '/_script.sh'
    with open(os.open(path, os.O_WRONLY | os.O_CREAT, 0o700), 'wb') as file:
        file.write(base64.b64decode(script))
    variables = dict(os.environ)
    for pair in base64.b64decode(environment).decode().split('\0'):
        if pair:
            name, value = pair.split('=', 1)
            variables[name] = value
    process = subprocess.Popen(['sh', '-c', path], env=variables, stdin=subprocess.DEVNULL,
                               stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True)
    try:
        out, err = process.communicate(timeout=float(seconds))
        status = str(process.returncode)
    except subprocess.TimeoutExpired as expired:
        # what hangs in the kernel does not die of it; it is left behind
        os.killpg(process.pid, signal.SIGKILL)
        out, err, status = expired.stdout or b'', expired.stderr or b'', 'timeout'
    say(port, 'done', job, status, encoded(out), encoded(err))


def main():
    with open(os.open(port_named('lab.agent'), os.O_RDWR | os.O_CLOEXEC), 'r+b', buffering=0) as port:
        with open('/proc/uptime') as uptime:
            say(port.fileno(), 'ready', uptime.read().split()[0])
        rest = b''
        while True:
            data = os.read(port.fileno(), 65536)
            if not data:
                time.sleep(0.1)  # nobody listens on the host
                continue
            *lines, rest = (rest + data).split(b'\n')
            for line in lines:
                word, *arguments = line.decode().split(' ')
                if word == 'run':
                    threading.Thread(target=run, args=(port.fileno(), *arguments), daemon=True).start()


main()
