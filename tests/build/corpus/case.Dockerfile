from base As Mixed
run echo lower >/lower
Env KEY=value
cOpY one.txt /one
FROM mixed
Label Key=Value
expose 8080
# not buildah: it knows stages only as they are written
