"""Starts a Python function the way AWS's managed runtime does.

Run as `python3 -S bootstrap.py LAYERS_ROOT`, with the variables of the Lambda environment set. `-S` leaves out the
packages installed on this machine; the parts of `site` that a function can see are called here instead.
"""

import os
import site
import sys


def prepare_site():
    """What importing `site` at start-up would have done, without the machine's own site-packages."""
    site.setquit()
    site.setcopyright()
    site.sethelper()
    site.execsitecustomize()


def prepare_path(task_root, layers_root):
    """The function's folder first, then its layers, then /var/runtime (this script's folder) and the language.

    A PYTHONPATH of the function's own replaces the layers' folders, as on AWS.
    """
    own_folders = [task_root]
    if "PYTHONPATH" not in os.environ:
        version = "python{}.{}".format(*sys.version_info[:2])
        own_folders.append(os.path.join(layers_root, "python", "lib", version, "site-packages"))
        own_folders.append(os.path.join(layers_root, "python"))
        os.environ["PYTHONPATH"] = os.environ.get("LAMBDA_RUNTIME_DIR", sys.path[0])
    sys.path[:0] = own_folders
    for folder in own_folders:
        if os.path.isdir(folder):
            site.addsitedir(folder)  # for the .pth files in it


def main():
    layers_root = sys.argv.pop(1)
    prepare_site()
    prepare_path(os.environ["LAMBDA_TASK_ROOT"], layers_root)

    from awslambdaric.__main__ import main as run

    run([sys.argv[0], os.environ["_HANDLER"]])


main()
