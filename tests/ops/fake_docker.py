"""Stands in for docker's command line where there is no engine. Written to PATH as `docker`.

It notes every call in $FAKE_DOCKER_LOG (arguments, standard input, the files of a build's
context), and `push` puts an image of a digest never seen before into moto's ECR, which keeps the
real rule about immutable tags. $FAKE_DOCKER says what else happens:
`fail-<command>`, `rival-push` (another build pushes first), `hang-build`.
"""

import json
import os
import sys
import time
from http.client import HTTPConnection
from pathlib import Path


def main() -> int:
    arguments = sys.argv[1:]
    command, behaviour = arguments[0], os.environ.get("FAKE_DOCKER", "")
    call: dict[str, object] = {"arguments": arguments}
    if command == "login":
        call["input"] = sys.stdin.read()
    if command == "build":
        context = Path(arguments[-1])
        files = (path for path in context.rglob("*") if path.is_file())
        call["files"] = sorted(str(path.relative_to(context)) for path in files)
    with Path(os.environ["FAKE_DOCKER_LOG"]).open("a") as log:
        log.write(json.dumps(call) + "\n")
    if behaviour == "hang-build" and command == "build":
        time.sleep(60)
    if behaviour == f"fail-{command}":
        print(f"fake docker: {command} refused, {call.get('input', '')}", file=sys.stderr)
        return 1
    if command == "push":
        if behaviour == "rival-push":
            push(arguments[-1])
        return push(arguments[-1])
    return 0


def push(reference: str) -> int:
    registry, _, rest = reference.partition("/")
    name, _, tag = rest.rpartition(":")
    region = registry.split(".")[3]
    media_type = "application/vnd.oci.image.manifest.v1+json"
    manifest = {
        "schemaVersion": 2,
        "mediaType": media_type,
        "annotations": {"n": str(time.time_ns())},
    }
    body = {"repositoryName": name, "imageTag": tag, "imageManifest": json.dumps(manifest)}
    connection = HTTPConnection(os.environ["AWS_ENDPOINT_URL"].removeprefix("http://"))
    connection.request(
        "POST",
        "/",
        body=json.dumps(body),
        headers={
            "X-Amz-Target": "AmazonEC2ContainerRegistry_V20150921.PutImage",
            "Content-Type": "application/x-amz-json-1.1",
            "Authorization": f"AWS4-HMAC-SHA256 Credential=testing/20260101/{region}/ecr/x",
        },
    )
    answer = connection.getresponse()
    if answer.status == 200:
        return 0
    print(f"fake docker: {answer.read().decode()}", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())
